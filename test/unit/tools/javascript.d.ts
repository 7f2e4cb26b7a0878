// The bootstrap is plain JavaScript, as it runs before anything is installed; its tests take it without types.
declare module "*.mjs";
