/** Who does something, as the audit log names them. */
export interface LedgerActor {
  name: string;
  address?: string | undefined;
}
