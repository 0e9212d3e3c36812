CREATE TABLE "notifications" (
	"id" text PRIMARY KEY DEFAULT 'ntf_' || replace(gen_random_uuid()::text, '-', '') NOT NULL,
	"notice_id" text NOT NULL,
	"staff_id" text NOT NULL,
	"state" text DEFAULT 'waiting' NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"next_attempt_at" timestamp with time zone DEFAULT now() NOT NULL,
	"epoch" integer DEFAULT 0 NOT NULL,
	"lease_node" text,
	"failure_code" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "staff" ADD COLUMN "notified_since" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "notifications" ADD CONSTRAINT "notifications_notice_id_notices_id_fk" FOREIGN KEY ("notice_id") REFERENCES "public"."notices"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "notifications" ADD CONSTRAINT "notifications_staff_id_staff_id_fk" FOREIGN KEY ("staff_id") REFERENCES "public"."staff"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "notifications_once" ON "notifications" USING btree ("staff_id","notice_id");--> statement-breakpoint
CREATE INDEX "notifications_notice_id_index" ON "notifications" USING btree ("notice_id");--> statement-breakpoint
CREATE INDEX "notifications_state_next_attempt_at_index" ON "notifications" USING btree ("state","next_attempt_at");