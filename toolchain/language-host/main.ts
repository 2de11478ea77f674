/**
 * pulumi-language-nodejs: the engine's way to Node.js programs, policy packs and plugins.
 *
 * The upstream host cannot be had as a Go module, so this one speaks the same gRPC interface (LanguageRuntime). It
 * prints its port on the first line of its output, as the engine expects.
 */
import * as grpc from "@grpc/grpc-js";
import languageGrpc from "@pulumi/pulumi/proto/language_grpc_pb";
import language from "@pulumi/pulumi/proto/language_pb";
import plugin from "@pulumi/pulumi/proto/plugin_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { installDependencies } from "./dependencies";
import { requiredPackages } from "./packages";
import { runPlugin } from "./plugins";
import { endChildren, endWithEngine } from "./processes";
import { runProgram } from "./programs";

/** Replaced at build time by the version that the engine is pinned to. */
declare const ENGINE_VERSION: string;

type Unary<Q, A> = (call: grpc.ServerUnaryCall<Q, A>, done: grpc.sendUnaryData<A>) => void;

/** An async function as a gRPC handler; its error becomes the call's, with its message. */
function answer<Q, A>(handle: (request: Q) => Promise<A> | A): Unary<Q, A> {
  return (call, done) => {
    Promise.resolve()
      .then(() => handle(call.request))
      .then((response) => done(null, response))
      .catch((error: unknown) => {
        const message = error instanceof Error ? error.message : String(error);
        done({ code: grpc.status.UNKNOWN, details: message });
      });
  };
}

function unimplemented<Q, A>(what: string): Unary<Q, A> {
  return (_, done) => done({ code: grpc.status.UNIMPLEMENTED, details: `this language host has no ${what}` });
}

// The engine passes its address last, after flags of its own.
const engineAddress = process.argv.slice(2).findLast((argument) => /:\d+$/.test(argument)) ?? "";

const implementation: languageGrpc.ILanguageRuntimeServer = {
  handshake: answer(() => new language.LanguageHandshakeResponse()),
  getPluginInfo: answer(() => {
    const info = new plugin.PluginInfo();
    info.setVersion(ENGINE_VERSION);
    return info;
  }),
  getRequiredPlugins: unimplemented("GetRequiredPlugins; GetRequiredPackages takes its place"),
  getRequiredPackages: answer((request: language.GetRequiredPackagesRequest) => {
    const response = new language.GetRequiredPackagesResponse();
    response.setPackagesList(requiredPackages(request.getInfo()?.getProgramDirectory() ?? process.cwd()));
    return response;
  }),
  run: answer((request: language.RunRequest) => runProgram(request, engineAddress)),
  runPlugin,
  installDependencies,
  about: answer(() => {
    const response = new language.AboutResponse();
    response.setExecutable(process.execPath);
    response.setVersion(process.version);
    return response;
  }),
  runtimeOptionsPrompts: answer(() => new language.RuntimeOptionsResponse()),
  getProgramDependencies: answer((request: language.GetProgramDependenciesRequest) => {
    const directory = request.getInfo()?.getProgramDirectory() ?? process.cwd();
    const response = new language.GetProgramDependenciesResponse();
    response.setDependenciesList(
      requiredPackages(directory).map((required) => {
        const dependency = new language.DependencyInfo();
        dependency.setName(required.getName());
        dependency.setVersion(required.getVersion());
        return dependency;
      }),
    );
    return response;
  }),
  template: unimplemented("templates"),
  generateProgram: unimplemented("code generation"),
  generateProject: unimplemented("code generation"),
  generatePackage: unimplemented("code generation"),
  pack: unimplemented("packing"),
  link: unimplemented("linking"),
  cancel: answer(() => {
    endChildren();
    return new Empty();
  }),
};

endWithEngine();
const server = new grpc.Server({ "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 });
server.addService(languageGrpc.LanguageRuntimeService, implementation);
server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  process.stdout.write(`${port}\n`);
});
