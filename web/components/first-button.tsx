/**
 * Enter in a field presses a form's first button, wherever that is seen: this one, which nobody sees, does what the form is for.
 * @param form its id, where this stands outside of it
 */
export const FirstButton = ({ form }: { form?: string }) => (
  <button type="submit" form={form} class="visually-hidden" tabIndex={-1} aria-hidden="true" />
);
