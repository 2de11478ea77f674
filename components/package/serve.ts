/** The components as a package for programs in any of Pulumi's languages: what the engine starts, and speaks gRPC with. */
import { main } from "@pulumi/pulumi/provider";
import { ComponentPackage } from "./provider";

main(new ComponentPackage(), process.argv.slice(2));
