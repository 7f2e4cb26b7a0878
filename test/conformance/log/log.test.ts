import { proves } from "../proves.ts";
import { feature } from "./cases.ts";

proves(feature);
