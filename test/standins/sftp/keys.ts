import ssh2 from 'ssh2';

export interface KeyPair {
  /** In OpenSSH's form. */
  private: string;
  /** One line, as in `authorized_keys`. */
  public: string;
  /** As it goes over the line. */
  wire: Buffer;
}

/** An Ed25519 key. ssh2 makes one in some hundreds that nobody can read, itself neither: those are thrown away. */
export const newKeyPair = (passphrase?: string): KeyPair => {
  for (;;) {
    const keys =
      passphrase === undefined
        ? ssh2.utils.generateKeyPairSync('ed25519')
        : ssh2.utils.generateKeyPairSync('ed25519', { passphrase, cipher: 'aes256-ctr', rounds: 1 });
    const parsed = ssh2.utils.parseKey(keys.private, passphrase);
    if (!(parsed instanceof Error)) return { ...keys, wire: parsed.getPublicSSH() };
  }
};
