import { describeStaticStore } from "../support/static-store";

describeStaticStore("official");
