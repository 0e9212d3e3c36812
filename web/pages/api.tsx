import { messagesFor } from '../i18n/index.ts';
import type { PageContext } from './context.ts';
import { Layout } from './layout.tsx';

/** What is shown of an OpenAPI 3.1 document. */
export interface ApiDocument {
  paths?: Record<string, Partial<Record<Method, ApiOperation>>>;
  components?: { schemas?: Record<string, ApiSchema> };
}

const methods = ['get', 'post', 'put', 'patch', 'delete'] as const;
type Method = (typeof methods)[number];

interface ApiOperation {
  summary?: string;
  description?: string;
  parameters?: { name: string; in: string; required?: boolean; description?: string; schema?: ApiSchema }[];
  requestBody?: { content?: Content };
  responses?: Record<string, { description?: string; content?: Content }>;
  security?: Record<string, string[]>[];
}

type Content = Record<string, { schema?: ApiSchema }>;

export interface ApiSchema {
  $ref?: string;
  type?: string | string[];
  description?: string;
  enum?: unknown[];
  format?: string;
  default?: unknown;
  items?: ApiSchema;
  properties?: Record<string, ApiSchema>;
  required?: string[];
  anyOf?: ApiSchema[];
  oneOf?: ApiSchema[];
  allOf?: ApiSchema[];
}

interface Props {
  context: PageContext;
}

/** The API, to be read. */
export const ApiPage = ({ context, document }: Props & { document: ApiDocument }) => {
  const words = messagesFor(context.language).api;
  const operations = Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
    methods.flatMap((method) => {
      const operation = item[method];
      return operation === undefined ? [] : [{ method, path, operation }];
    }),
  );
  return (
    <Layout context={context} title={words.title} isConsole>
      <h1>{words.title}</h1>
      <p>{words.intro}</p>
      <p>
        <a href="/api/openapi.json">{words.document}</a>
      </p>
      <ul lang="en">
        {operations.map(({ method, path, operation }) => (
          <li key={`${method} ${path}`}>
            <a href={`#${anchorOf(method, path)}`}>
              <code>
                {method.toUpperCase()} {path}
              </code>
            </a>{' '}
            {operation.summary}
          </li>
        ))}
      </ul>
      {operations.map((each) => (
        <Operation key={anchorOf(each.method, each.path)} context={context} {...each} />
      ))}
      <h2>{words.schemas}</h2>
      {Object.entries(document.components?.schemas ?? {}).map(([name, schema]) => (
        <section key={name} id={`schema-${name}`} lang="en">
          <h3>{name}</h3>
          <Schema context={context} schema={schema} />
        </section>
      ))}
    </Layout>
  );
};

const anchorOf = (method: string, path: string): string => `${method}${path.replaceAll(/[^a-z]+/gi, '-')}`;

const Operation = (props: Props & { method: Method; path: string; operation: ApiOperation }) => {
  const { context, method, path, operation } = props;
  const words = messagesFor(context.language).api;
  const parameters = operation.parameters ?? [];
  const needs = (operation.security ?? []).flatMap((each) => Object.values(each).flat());
  return (
    <section id={anchorOf(method, path)}>
      <h2>
        <code>
          {method.toUpperCase()} {path}
        </code>
      </h2>
      <p lang="en">{operation.summary}</p>
      {needs.length > 0 && (
        <p>
          {words.needs}: <code>{needs.join(', ')}</code>
        </p>
      )}
      {parameters.length > 0 && (
        <>
          <h3>{words.parameters}</h3>
          <ul lang="en">
            {parameters.map((each) => (
              <li key={`${each.in} ${each.name}`}>
                <code>{each.name}</code> ({each.in}
                {each.required === true && `, ${words.required}`}) {each.description}{' '}
                {each.schema !== undefined && <Schema context={context} schema={each.schema} />}
              </li>
            ))}
          </ul>
        </>
      )}
      {operation.requestBody !== undefined && (
        <>
          <h3>{words.body}</h3>
          <Contents context={context} content={operation.requestBody.content} />
        </>
      )}
      <h3>{words.answers}</h3>
      <dl>
        {Object.entries(operation.responses ?? {}).map(([status, answer]) => (
          <div key={status} lang="en">
            <dt>
              {status} {answer.description}
            </dt>
            <dd>
              <Contents context={context} content={answer.content} />
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
};

const Contents = ({ context, content = {} }: Props & { content?: Content | undefined }) => (
  <>
    {Object.entries(content).map(([type, { schema }]) => (
      <div key={type} lang="en">
        <code>{type}</code> {schema !== undefined && <Schema context={context} schema={schema} />}
      </div>
    ))}
  </>
);

/** One named elsewhere is linked to, so that none is without an end. */
const Schema = ({ context, schema }: Props & { schema: ApiSchema }) => {
  const words = messagesFor(context.language).api;
  if (schema.$ref !== undefined) {
    const name = schema.$ref.slice(schema.$ref.lastIndexOf('/') + 1);
    return <a href={`#schema-${name}`}>{name}</a>;
  }
  const choices = schema.anyOf ?? schema.oneOf ?? schema.allOf ?? [];
  const properties = Object.entries(schema.properties ?? {});
  return (
    <>
      <span>{describe(schema)}</span>
      {schema.items !== undefined && <Schema context={context} schema={schema.items} />}
      {choices.map((each, index) => (
        <span key={`choice-${String(index)}`}>
          {index > 0 && ' | '}
          <Schema context={context} schema={each} />
        </span>
      ))}
      {properties.length > 0 && (
        <ul>
          {properties.map(([name, property]) => (
            <li key={name}>
              <code>{name}</code>
              {schema.required?.includes(name) === true && ` (${words.required})`}{' '}
              <Schema context={context} schema={property} /> {property.description}
            </li>
          ))}
        </ul>
      )}
    </>
  );
};

const describe = ({ type, format, enum: values, default: preset }: ApiSchema): string =>
  [
    Array.isArray(type) ? type.join(' | ') : type,
    format === undefined ? undefined : `(${format})`,
    values?.map((value) => JSON.stringify(value)).join(' | '),
    preset === undefined ? undefined : `= ${JSON.stringify(preset)}`,
  ]
    .filter((each) => each !== undefined)
    .join(' ')
    .concat(' ');
