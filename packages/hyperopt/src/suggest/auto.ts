export { suggest } from "./tpe.ts";
