/** What sends a long form is below what may be wrong in it. */
export function showFault(form: React.RefObject<HTMLFormElement | null>): void {
  requestAnimationFrame(() => {
    const first = form.current?.querySelector<HTMLElement>(
      '[aria-invalid="true"], [data-field-error]',
    );
    first?.focus();
    first?.scrollIntoView({ block: 'center' });
  });
}
