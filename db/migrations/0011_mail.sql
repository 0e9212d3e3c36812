CREATE TABLE "mails" (
	"id" text PRIMARY KEY DEFAULT 'mai_' || replace(gen_random_uuid()::text, '-', '') NOT NULL,
	"kind" text NOT NULL,
	"subject" text NOT NULL,
	"request_id" text,
	"recipient" text NOT NULL,
	"mailbox" text NOT NULL,
	"language" text,
	"state" text DEFAULT 'waiting' NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"next_attempt_at" timestamp with time zone DEFAULT now() NOT NULL,
	"first_attempt_at" timestamp with time zone,
	"epoch" integer DEFAULT 0 NOT NULL,
	"lease_node" text,
	"failure_code" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"sent_at" timestamp with time zone
);
--> statement-breakpoint
ALTER TABLE "notices" ADD COLUMN "digest" text;--> statement-breakpoint
ALTER TABLE "submissions" ADD COLUMN "language" text DEFAULT 'en' NOT NULL;--> statement-breakpoint
CREATE UNIQUE INDEX "mails_once" ON "mails" USING btree ("kind","subject","recipient");--> statement-breakpoint
CREATE INDEX "mails_state_next_attempt_at_index" ON "mails" USING btree ("state","next_attempt_at");--> statement-breakpoint
CREATE INDEX "mails_mailbox_first_attempt_at_index" ON "mails" USING btree ("mailbox","first_attempt_at");--> statement-breakpoint
CREATE INDEX "mails_request_id_first_attempt_at_index" ON "mails" USING btree ("request_id","first_attempt_at");--> statement-breakpoint
CREATE INDEX "notices_of_digest" ON "notices" USING btree ("digest") WHERE digest is not null;