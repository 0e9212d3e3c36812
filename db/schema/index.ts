export * from './deliveries.ts';
export * from './destinations.ts';
export * from './mails.ts';
export * from './operations.ts';
export * from './people.ts';
export * from './requests.ts';
export * from './submissions.ts';
