import type { Right, StaffRole } from '../../db/schema/index.ts';

/** Every right, as a token's scopes name them. */
export const rights: readonly Right[] = [
  'requests:read',
  'requests:write',
  'submissions:read',
  'submissions:write',
  'notices:read',
  'notices:write',
  'deliveries:read',
  'deliveries:write',
  'destinations:read',
  'destinations:write',
  'people:read',
  'people:write',
  'audit:read',
];

/** What is about the whole installation, and not about the requests of a team. */
const ofAdministrators: readonly Right[] = [
  'destinations:write',
  'people:read',
  'people:write',
  'audit:read',
];

/** What a role may do. A viewer only looks. */
export const rightsOf = (role: StaffRole): Right[] =>
  rights.filter(
    (right) =>
      role === 'administrator' ||
      (!ofAdministrators.includes(right) && (role === 'staff' || right.endsWith(':read'))),
  );
