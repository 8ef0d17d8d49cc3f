/**
 * Notes something in the address of this page, for a reload and for "back". Meant for what comes by
 * itself, as an answer or a timer does: to the router every change of the address is a navigation,
 * which ends the one under way, and the link that was clicked a moment ago would lead nowhere. So the
 * router isn't told, and its hooks go on reading the address as it was.
 */
export function noteInAddress(href: string): void {
  // The method of the instance is the router's own.
  History.prototype.replaceState.call(window.history, window.history.state, '', href);
}
