/** Longer text than this is shown complete, but without colours: they would cost seconds. */
export const MOST_COLOURED = 100_000;
