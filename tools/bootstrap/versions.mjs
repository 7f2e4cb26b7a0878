// What the bootstrap fetches from the package registry: exact versions, as in the lockfile.
export const nodeVersion = "24.21.0";
export const npmVersion = "11.19.1";

/** The oldest Node that runs the project (package.json, engines). */
export const oldestNode = [24, 5];
