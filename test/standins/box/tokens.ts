import { type KeyObject, randomBytes, verify } from 'node:crypto';

export interface Application {
  clientId: string;
  clientSecret: string;
  enterpriseId: string;
  userId: string;
  developerToken: string;
  /** By Box's name of it. */
  publicKeys: Map<string, KeyObject>;
}

/** What Box answers where tokens are given. */
export interface TokenReply {
  status: number;
  body: object;
}

export class Tokens {
  readonly #application: Application;
  readonly #valid = new Set<string>();
  readonly #usedIds = new Set<string>();
  readonly #audience: () => string;
  given = 0;

  constructor(application: Application, audience: () => string) {
    this.#application = application;
    this.#audience = audience;
    this.#valid.add(application.developerToken);
  }

  knows(authorization: string | undefined): boolean {
    return this.#valid.has(authorization?.replace(/^Bearer /, '') ?? '');
  }

  trust(publicKeyId: string, key: KeyObject): void {
    this.#application.publicKeys.set(publicKeyId, key);
  }

  /** All that were given end now. */
  end(): void {
    this.#valid.clear();
  }

  give(form: URLSearchParams): TokenReply {
    const { clientId, clientSecret, enterpriseId, userId } = this.#application;
    if (form.get('client_id') !== clientId || form.get('client_secret') !== clientSecret)
      return refusal('invalid_client', 'The client credentials are invalid');
    const subjects: Record<string, string> = { enterprise: enterpriseId, user: userId };
    const grant = form.get('grant_type');
    if (grant === 'client_credentials')
      return subjects[form.get('box_subject_type') ?? ''] === form.get('box_subject_id')
        ? this.#grant()
        : refusal('invalid_grant', 'Grant credentials are invalid');
    if (grant !== 'urn:ietf:params:oauth:grant-type:jwt-bearer')
      return refusal('invalid_request', 'Invalid grant_type parameter or parameter missing');
    const problem = this.#problemWith(form.get('assertion') ?? '', subjects);
    return problem === undefined ? this.#grant() : refusal('invalid_grant', problem);
  }

  #problemWith(assertion: string, subjects: Record<string, string>): string | undefined {
    const [head = '', body = '', signature = ''] = assertion.split('.');
    const header = decoded(head);
    const claims = decoded(body);
    const key = this.#application.publicKeys.get(String(header['kid']));
    if (key === undefined) return '"kid" invalid, unable to lookup correct key';
    const text = Buffer.from(`${head}.${body}`);
    if (header['alg'] !== 'RS512' || !verify('RSA-SHA512', text, key, Buffer.from(signature, 'base64url')))
      return 'Signature verification error';
    const leftSeconds = Number(claims['exp']) - Date.now() / 1000;
    if (!(leftSeconds > 0 && leftSeconds <= 60)) return "Please check the 'exp' claim.";
    if (claims['iss'] !== this.#application.clientId) return "Please check the 'iss' claim.";
    if (claims['aud'] !== this.#audience()) return "Please check the 'aud' claim.";
    if (subjects[String(claims['box_sub_type'])] !== claims['sub']) return "Please check the 'sub' claim.";
    const id = String(claims['jti']);
    if (id.length < 16 || this.#usedIds.has(id)) return "Please check the 'jti' claim.";
    this.#usedIds.add(id);
    return undefined;
  }

  #grant(): TokenReply {
    const token = randomBytes(24).toString('base64url');
    this.#valid.add(token);
    this.given += 1;
    return {
      status: 200,
      body: { access_token: token, expires_in: 3600, restricted_to: [], token_type: 'bearer' },
    };
  }
}

const decoded = (text: string): Record<string, unknown> => {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as Record<string, unknown>;
  } catch {
    return {};
  }
};

const refusal = (error: string, description: string): TokenReply => ({
  status: 400,
  body: { error, error_description: description },
});
