/** Characters that change how a name looks without being seen: direction overrides, zero width, control characters. */
const unseen =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;

/** A name in which everything can be seen: `invoice‹U+202E›fdp.exe`. */
export const visibleName = (name: string): string =>
  name.replaceAll(unseen, (character) => {
    const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    return `‹U+${code}›`;
  });
