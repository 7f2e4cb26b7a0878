/** Process signals, handed in by the entry point so that commands can be run without a process of their own. */
export interface Signals {
  /** Calls `handler` at each arrival; what is returned takes it off again. */
  on(name: "SIGINT" | "SIGTERM" | "SIGQUIT" | "SIGHUP", handler: () => void): () => void;
}
