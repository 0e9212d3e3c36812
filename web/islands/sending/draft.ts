/**
 * What was typed survives a reload and a change of the language, in this tab and no longer; files can't be kept.
 * @param isWanted whether what is in the form is still to be sent
 */
export const keepDraft = (
  storage: () => Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>,
  form: () => HTMLFormElement | null,
  isWanted: () => boolean,
): void => {
  const key = `uketori draft ${location.pathname}`;
  try {
    const kept = JSON.parse(storage().getItem(key) ?? '{}') as Record<string, string>;
    for (const field of fieldsOf(form())) if (field.value === '') field.value = kept[field.name] ?? '';
    storage().removeItem(key);
  } catch {
    // Nothing can be kept here.
    return;
  }
  let isForgotten = false;
  // Any other form of the page makes this device forget.
  addEventListener('submit', ({ target }) => {
    isForgotten ||= target !== form();
  });
  addEventListener('pagehide', () => {
    if (isForgotten || !isWanted()) return;
    const typed = fieldsOf(form()).map(({ name, value }) => [name, value] as const);
    storage().setItem(key, JSON.stringify(Object.fromEntries(typed)));
  });
};

const fieldsOf = (form: HTMLFormElement | null) =>
  [
    ...(form?.querySelectorAll<HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement>('[name]') ?? []),
  ].filter(({ type }) => type !== 'file' && type !== 'hidden');
