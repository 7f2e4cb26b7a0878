import { z } from "zod";

/**
 * A token in a body: text, and not empty. Not `min(1)`: zod asks that of whatever has a length before it has looked
 * whether it is text, and then calls what a hostile body put in the length's place.
 */
export const tokenText = z.string().regex(/./s);
