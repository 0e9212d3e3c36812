import { visibleName } from './visible-name.ts';

/** A file's name or path as it was sent, kept from leaking its direction into the words around it. */
export const FileName = ({ name }: { name: string }) => <bdi class="file-name">{visibleName(name)}</bdi>;
