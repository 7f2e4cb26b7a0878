/** The machine's clock was set while a job ran: what was measured with it is worth nothing, and is measured again. */
export class ClockSet extends Error {}

/** Less than this is the clock's own adjustment, spread over time. */
export const toleratedStepMs = 5;
