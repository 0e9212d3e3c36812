import type { Handler } from 'hono';
import type { SignedIn } from '../../auth/sessions.ts';
import type { Actor } from '../../intake/context.ts';
import type { Guard } from '../guards.ts';

export interface StaffEnv {
  Variables: { staff: SignedIn; actor: Actor };
}

/** Registers a page. */
export type Add = <Path extends string>(path: Path, guard: Guard, handler: Handler<StaffEnv, Path>) => void;

/** Where the console's pages are registered, each with who may use it. */
export interface Console {
  get: Add;
  post: Add;
}
