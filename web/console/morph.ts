/**
 * Makes what is drawn here the same as what was drawn there, in place: an element that stays keeps its focus, what was
 * typed in it, and whether it is unfolded. Elements with an id are recognised by it wherever they stand among their
 * siblings, others by their place.
 */
export const morph = (here: Element, there: Element): void => {
  sameAttributes(here, there);
  if (isFilledIn(here)) return;
  const known = new Map([...here.children].flatMap((child) => (child.id === '' ? [] : [[child.id, child]])));
  let place: ChildNode | null = here.firstChild;
  for (const drawn of there.childNodes) {
    const own = ownOf(drawn, place, known);
    if (own === undefined) {
      here.insertBefore(document.importNode(drawn, true), place);
      continue;
    }
    if (own === place) place = place.nextSibling;
    else here.insertBefore(own, place);
    if (own instanceof Element && drawn instanceof Element) morph(own, drawn);
    else if (own.nodeValue !== drawn.nodeValue) own.nodeValue = drawn.nodeValue;
  }
  while (place !== null) {
    const next: ChildNode | null = place.nextSibling;
    place.remove();
    place = next;
  }
};

/** What stands here for a node that was drawn there: undefined for what is new. */
const ownOf = (
  drawn: ChildNode,
  place: ChildNode | null,
  known: Map<string, Element>,
): ChildNode | undefined => {
  if (drawn instanceof Element && drawn.id !== '') {
    const own = known.get(drawn.id);
    return own?.tagName === drawn.tagName ? own : undefined;
  }
  if (place === null || place.nodeType !== drawn.nodeType) return undefined;
  if (!(place instanceof Element && drawn instanceof Element)) return place;
  return place.tagName === drawn.tagName && place.id === '' ? place : undefined;
};

/** What people type stays theirs. */
const isFilledIn = (element: Element): boolean =>
  element instanceof HTMLTextAreaElement || element instanceof HTMLSelectElement;

/** Attributes that are the reader's as soon as a page is drawn. */
const readers: Readonly<Record<string, readonly string[]>> = {
  DETAILS: ['open'],
  INPUT: ['value', 'checked'],
};

const sameAttributes = (here: Element, there: Element): void => {
  const kept = readers[here.tagName] ?? [];
  for (const name of here.getAttributeNames())
    if (!kept.includes(name) && !there.hasAttribute(name)) here.removeAttribute(name);
  for (const { name, value } of there.attributes)
    if (!kept.includes(name) && here.getAttribute(name) !== value) here.setAttribute(name, value);
};
