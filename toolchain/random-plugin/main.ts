/**
 * pulumi-resource-random: a stand-in for the official plugin where that one cannot be downloaded. It has the types
 * in `types.ts`, with the official semantics, and refuses every other one by name.
 */
import * as grpc from "@grpc/grpc-js";
import plugin from "@pulumi/pulumi/proto/plugin_pb";
import providerGrpc from "@pulumi/pulumi/proto/provider_grpc_pb";
import provider from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { type RandomType, randomType } from "./types";
import { fromStruct, type Properties, toStruct, UNKNOWN } from "./values";

/** Replaced at build time by the version of @pulumi/random. */
declare const RANDOM_VERSION: string;

type Unary<Q, A> = (call: grpc.ServerUnaryCall<Q, A>, done: grpc.sendUnaryData<A>) => void;

function answer<Q, A>(handle: (request: Q) => A): Unary<Q, A> {
  return (call, done) => {
    try {
      done(null, handle(call.request));
    } catch (error) {
      const details = error instanceof Error ? error.message : String(error);
      done({ code: grpc.status.UNKNOWN, details });
    }
  };
}

function unimplemented<Q, A>(_: grpc.ServerUnaryCall<Q, A>, done: grpc.sendUnaryData<A>): void {
  done({ code: grpc.status.UNIMPLEMENTED, details: "the stand-in for the random plugin does not have this" });
}

const typeOf = (urn: string): RandomType => randomType(urn.split("::")[2]?.split("$").at(-1) ?? "");

function check(request: provider.CheckRequest): provider.CheckResponse {
  const response = new provider.CheckResponse();
  const inputs = fromStruct(request.getNews());
  response.setInputs(request.getNews());
  response.setFailuresList(
    typeOf(request.getUrn())
      .mistakes(inputs)
      .map(({ property, reason }) => {
        const failure = new provider.CheckFailure();
        failure.setProperty(property);
        failure.setReason(reason);
        return failure;
      }),
  );
  return response;
}

/** Nothing random changes in place: what generates the value, and the keepers, replace it. */
function diff(request: provider.DiffRequest): provider.DiffResponse {
  const type = typeOf(request.getUrn());
  const before = type.complete(fromStruct(request.getOldInputs() ?? request.getOlds()));
  const after = type.complete(fromStruct(request.getNews()));
  const changed = type.arguments.filter((key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]));
  const response = new provider.DiffResponse();
  const { DIFF_NONE, DIFF_SOME } = provider.DiffResponse.DiffChanges;
  response.setChanges(changed.length > 0 ? DIFF_SOME : DIFF_NONE);
  response.setReplacesList(changed);
  response.setDiffsList(changed);
  return response;
}

function create(request: provider.CreateRequest): provider.CreateResponse {
  const type = typeOf(request.getUrn());
  const inputs = type.complete(fromStruct(request.getProperties()));
  const response = new provider.CreateResponse();
  if (request.getPreview()) {
    const computed: Properties = Object.fromEntries(type.results.map((key) => [key, UNKNOWN]));
    response.setProperties(toStruct({ ...inputs, ...computed }, type.secrets));
    return response;
  }
  const { id, outputs } = type.generate(inputs);
  response.setId(id);
  response.setProperties(toStruct({ ...inputs, ...outputs }, type.secrets));
  return response;
}

/** A refresh finds what the state holds; an import computes it from the id. */
function read(request: provider.ReadRequest): provider.ReadResponse {
  const type = typeOf(request.getUrn());
  const known = fromStruct(request.getProperties());
  const response = new provider.ReadResponse();
  if (Object.keys(known).length > 0) {
    response.setId(request.getId());
    response.setProperties(toStruct(known, type.secrets));
    response.setInputs(request.getInputs());
    return response;
  }
  const { id, inputs, outputs } = type.adopt(request.getId());
  response.setId(id);
  response.setInputs(toStruct(inputs, []));
  response.setProperties(toStruct({ ...type.complete(inputs), ...outputs }, type.secrets));
  return response;
}

const implementation: providerGrpc.IResourceProviderServer = {
  handshake: answer(() => {
    const response = new provider.ProviderHandshakeResponse();
    response.setAcceptSecrets(true);
    return response;
  }),
  getPluginInfo: answer(() => {
    const info = new plugin.PluginInfo();
    info.setVersion(RANDOM_VERSION);
    return info;
  }),
  checkConfig: answer((request: provider.CheckRequest) => {
    const response = new provider.CheckResponse();
    response.setInputs(request.getNews());
    return response;
  }),
  diffConfig: answer(() => new provider.DiffResponse()),
  configure: answer(() => {
    const response = new provider.ConfigureResponse();
    response.setAcceptsecrets(true);
    response.setSupportspreview(true);
    return response;
  }),
  check: answer(check),
  diff: answer(diff),
  create: answer(create),
  read: answer(read),
  update: answer((request: provider.UpdateRequest) => {
    const response = new provider.UpdateResponse();
    response.setProperties(request.getOlds());
    return response;
  }),
  delete: answer(() => new Empty()),
  cancel: answer(() => new Empty()),
  attach: answer(() => new Empty()),
  getSchema: answer(() => {
    const response = new provider.GetSchemaResponse();
    response.setSchema(JSON.stringify({ name: "random", version: RANDOM_VERSION }));
    return response;
  }),
  parameterize: unimplemented,
  invoke: unimplemented,
  call: unimplemented,
  construct: unimplemented,
  getMapping: unimplemented,
  getMappings: unimplemented,
  list: (call) => call.emit("error", { code: grpc.status.UNIMPLEMENTED, details: "no listing" }),
};

const server = new grpc.Server();
server.addService(providerGrpc.ResourceProviderService, implementation);
server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  process.stdout.write(`${port}\n`);
});
