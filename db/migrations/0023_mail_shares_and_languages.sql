CREATE TABLE "mail_shares" (
	"id" text PRIMARY KEY DEFAULT 'msh_' || replace(gen_random_uuid()::text, '-', '') NOT NULL,
	"request_id" text NOT NULL,
	"address" text NOT NULL,
	"address_key" text NOT NULL,
	"state" text DEFAULT 'waiting' NOT NULL,
	"nextcloud_share_id" text,
	"password_sealed" text,
	"attempts" integer DEFAULT 0 NOT NULL,
	"not_before" timestamp with time zone DEFAULT now() NOT NULL,
	"failure_code" text,
	"sent_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "mail_shares_request_id_address_key_unique" UNIQUE("request_id","address_key")
);
--> statement-breakpoint
ALTER TABLE "requests" ADD COLUMN "languages" text[] DEFAULT '{"en","ja"}' NOT NULL;--> statement-breakpoint
ALTER TABLE "shares" ADD COLUMN "password_told" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "shares" ADD COLUMN "changes_to_tell" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "mail_shares" ADD CONSTRAINT "mail_shares_request_id_requests_id_fk" FOREIGN KEY ("request_id") REFERENCES "public"."requests"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "mail_shares_state_not_before_index" ON "mail_shares" USING btree ("state","not_before");