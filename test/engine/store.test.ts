import { describeStaticStore } from "../support/static-store";

describeStaticStore("newest");
