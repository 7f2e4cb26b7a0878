import { withProject } from "../with-project.ts";

/** For the cases whose stages need sources. */
export const project = withProject();
