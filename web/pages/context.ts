import type { FailureCode } from '../../server/lib/failure.ts';
import type { Assets } from '../assets.ts';
import type { Language, WordParams } from '../i18n/index.ts';

/** Who asks, as their Nextcloud presents itself. All of it may be missing. Addresses are on this portal. */
export interface Brand {
  /** One line. */
  name?: string | undefined;
  /** `isPale`: made for a dark ground. */
  logo?: { address: string; isPale: boolean } | undefined;
  /** A style sheet with their accent. */
  css?: string | undefined;
}

/** What every page is given beside its own matter. */
export interface PageContext {
  language: Language;
  /** Those that the page is offered in; left out: all. */
  languages?: readonly Language[];
  assets: Assets;
  brand: Brand;
  /** True where files go to the stand-in: said loudly on every page. */
  demo: boolean;
  /** The moment that “3 days left” and “12 s ago” are counted from. */
  now: Date;
  /** IANA name of the zone for moments that have none of their own. */
  zone: string;
  /**
   * Where the language switch leads: a path that answers GET, such as `/staff`; left out, the page's own address.
   * Needed only for pages that answer a POST to an address which has no GET.
   */
  path?: string;
}

/** A failure as it may be shown: the words come from the catalogue. */
export interface ShownFailure {
  code: FailureCode;
  params?: WordParams;
}
