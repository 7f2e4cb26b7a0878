/**
 * One step on the way of a log. Takes bytes in any cut and gives back what is certain by now; how the input is cut
 * does not change the sum of the output. What `push` returns may be the chunk itself: nobody writes into it.
 */
export interface ByteFilter {
  push(chunk: Buffer): Buffer;
  /** Gives back all that is held and starts anew. */
  flush(): Buffer;
}

export const noBytes: Buffer = Buffer.alloc(0);
