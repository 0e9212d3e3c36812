interface Draft {
  /** By the names of the fields. */
  typed: Record<string, string>;
  files: readonly string[];
}

/**
 * What was typed survives a reload and a change of the language, in this tab and no longer; of files only their names can
 * be kept.
 * @param chosen the files in the list; undefined: what is in the form is not to be sent any more
 * @returns those that were there before
 */
export const keepDraft = (
  storage: () => Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>,
  form: () => HTMLFormElement | null,
  chosen: () => readonly string[] | undefined,
): readonly string[] => {
  const key = `uketori draft ${location.pathname}`;
  let lost: readonly string[];
  try {
    const kept = JSON.parse(storage().getItem(key) ?? '{}') as Partial<Draft>;
    for (const field of fieldsOf(form()))
      if (field.value === '') field.value = kept.typed?.[field.name] ?? '';
    lost = kept.files ?? [];
    storage().removeItem(key);
  } catch {
    // Nothing can be kept here.
    return [];
  }
  let isForgotten = false;
  // Any other form of the page makes this device forget.
  addEventListener('submit', ({ target }) => {
    isForgotten ||= target !== form();
  });
  addEventListener('pagehide', () => {
    const files = chosen();
    if (isForgotten || files === undefined) return;
    const typed = fieldsOf(form()).map(({ name, value }) => [name, value] as const);
    const draft: Draft = { typed: Object.fromEntries(typed), files };
    storage().setItem(key, JSON.stringify(draft));
  });
  return lost;
};

const fieldsOf = (form: HTMLFormElement | null) =>
  [
    ...(form?.querySelectorAll<HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement>('[name]') ?? []),
  ].filter(({ type }) => type !== 'file' && type !== 'hidden');
