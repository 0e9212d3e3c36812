CREATE TABLE "deliveries" (
	"id" text PRIMARY KEY DEFAULT 'dlv_' || replace(gen_random_uuid()::text, '-', '') NOT NULL,
	"key" text NOT NULL,
	"submission_id" text NOT NULL,
	"file_id" text,
	"destination_id" text NOT NULL,
	"state" text DEFAULT 'waiting' NOT NULL,
	"not_before" timestamp with time zone NOT NULL,
	"epoch" integer DEFAULT 0 NOT NULL,
	"lease_node" text,
	"attempts" integer DEFAULT 0 NOT NULL,
	"checkpoint" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"result" jsonb,
	"failure_code" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"delivered_at" timestamp with time zone,
	CONSTRAINT "deliveries_key_unique" UNIQUE("key")
);
--> statement-breakpoint
CREATE TABLE "delivery_attempts" (
	"id" integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "delivery_attempts_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1),
	"delivery_id" text NOT NULL,
	"epoch" integer NOT NULL,
	"started_at" timestamp with time zone DEFAULT now() NOT NULL,
	"ended_at" timestamp with time zone,
	"outcome" text,
	"failure_code" text,
	"details" jsonb
);
--> statement-breakpoint
CREATE TABLE "destinations" (
	"id" text PRIMARY KEY DEFAULT 'dst_' || replace(gen_random_uuid()::text, '-', '') NOT NULL,
	"kind" text NOT NULL,
	"name" text NOT NULL,
	"config" jsonb NOT NULL,
	"secrets_sealed" text,
	"paused_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "destinations_name_unique" UNIQUE("name")
);
--> statement-breakpoint
CREATE TABLE "audit_events" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "audit_events_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	"actor" text NOT NULL,
	"action" text NOT NULL,
	"subject" text NOT NULL,
	"address" text,
	"details" jsonb DEFAULT '{}'::jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "nodes" (
	"id" text PRIMARY KEY DEFAULT 'nod_' || replace(gen_random_uuid()::text, '-', '') NOT NULL,
	"role" text NOT NULL,
	"started_at" timestamp with time zone DEFAULT now() NOT NULL,
	"alive_until" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "notices" (
	"id" text PRIMARY KEY DEFAULT 'ntc_' || replace(gen_random_uuid()::text, '-', '') NOT NULL,
	"level" text NOT NULL,
	"code" text NOT NULL,
	"params" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"request_id" text,
	"subject" text NOT NULL,
	"times_seen" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"last_seen_at" timestamp with time zone DEFAULT now() NOT NULL,
	"resolved_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "throttles" (
	"key" text PRIMARY KEY NOT NULL,
	"points" integer NOT NULL,
	"expire" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "accounts" (
	"id" text PRIMARY KEY DEFAULT 'acc_' || replace(gen_random_uuid()::text, '-', '') NOT NULL,
	"base_url" text NOT NULL,
	"user_name" text NOT NULL,
	"user_id" text NOT NULL,
	"app_password_sealed" text NOT NULL,
	"configured_password_hash" text,
	"staff_id" text,
	"probe" jsonb,
	"revoked" boolean DEFAULT false NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "api_tokens" (
	"id" text PRIMARY KEY DEFAULT 'tok_' || replace(gen_random_uuid()::text, '-', '') NOT NULL,
	"staff_id" text NOT NULL,
	"name" text NOT NULL,
	"token_hash" text NOT NULL,
	"scopes" text[] NOT NULL,
	"expires_at" timestamp with time zone,
	"last_used_at" timestamp with time zone,
	"revoked_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "api_tokens_token_hash_unique" UNIQUE("token_hash")
);
--> statement-breakpoint
CREATE TABLE "sessions" (
	"id" text PRIMARY KEY NOT NULL,
	"staff_id" text NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"absolute_expires_at" timestamp with time zone NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "staff" (
	"id" text PRIMARY KEY DEFAULT 'stf_' || replace(gen_random_uuid()::text, '-', '') NOT NULL,
	"login" text NOT NULL,
	"name" text NOT NULL,
	"email" text,
	"role" text NOT NULL,
	"password_hash" text,
	"disabled_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "staff_login_unique" UNIQUE("login")
);
--> statement-breakpoint
CREATE TABLE "checklist_items" (
	"id" text PRIMARY KEY DEFAULT 'itm_' || replace(gen_random_uuid()::text, '-', '') NOT NULL,
	"request_id" text NOT NULL,
	"position" integer NOT NULL,
	"label" text NOT NULL,
	"required" boolean DEFAULT true NOT NULL,
	"max_file_bytes" bigint,
	"max_files" integer,
	"allowed_types" text[] DEFAULT '{}' NOT NULL
);
--> statement-breakpoint
CREATE TABLE "links" (
	"id" text PRIMARY KEY DEFAULT 'lnk_' || replace(gen_random_uuid()::text, '-', '') NOT NULL,
	"request_id" text NOT NULL,
	"kind" text DEFAULT 'open' NOT NULL,
	"token_hash" text NOT NULL,
	"token_sealed" text NOT NULL,
	"recipient_name" text,
	"recipient_email" text,
	"revoked_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "links_token_hash_unique" UNIQUE("token_hash")
);
--> statement-breakpoint
CREATE TABLE "request_destinations" (
	"request_id" text NOT NULL,
	"destination_id" text NOT NULL,
	CONSTRAINT "request_destinations_request_id_destination_id_pk" PRIMARY KEY("request_id","destination_id")
);
--> statement-breakpoint
CREATE TABLE "requests" (
	"id" text PRIMARY KEY DEFAULT 'req_' || replace(gen_random_uuid()::text, '-', '') NOT NULL,
	"state" text DEFAULT 'draft' NOT NULL,
	"title" text NOT NULL,
	"instructions" text DEFAULT '' NOT NULL,
	"fields" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"owner_staff_id" text,
	"account_id" text NOT NULL,
	"folder_file_id" bigint,
	"folder_path" text,
	"deadline_at" timestamp with time zone,
	"deadline_zone" text DEFAULT 'UTC' NOT NULL,
	"grace_minutes" integer DEFAULT 0 NOT NULL,
	"take_back_minutes" integer DEFAULT 10 NOT NULL,
	"password_hash" text,
	"max_file_bytes" bigint,
	"max_files_per_submission" integer,
	"max_bytes_per_submission" bigint,
	"max_bytes_per_request" bigint,
	"allowed_types" text[] DEFAULT '{}' NOT NULL,
	"deliver_per" text DEFAULT 'submission' NOT NULL,
	"nextcloud_page_allowed" boolean DEFAULT false NOT NULL,
	"retention_days" integer,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"opened_at" timestamp with time zone,
	"closed_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "shares" (
	"id" text PRIMARY KEY DEFAULT 'shr_' || replace(gen_random_uuid()::text, '-', '') NOT NULL,
	"request_id" text NOT NULL,
	"nextcloud_share_id" text NOT NULL,
	"token_sealed" text NOT NULL,
	"password_sealed" text NOT NULL,
	"state" text NOT NULL,
	"permissions" integer NOT NULL,
	"proof" jsonb NOT NULL,
	"proven_at" timestamp with time zone DEFAULT now() NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "shares_request_id_unique" UNIQUE("request_id")
);
--> statement-breakpoint
CREATE TABLE "files" (
	"id" text PRIMARY KEY DEFAULT 'fil_' || replace(gen_random_uuid()::text, '-', '') NOT NULL,
	"request_id" text NOT NULL,
	"submission_id" text,
	"upload_id" text,
	"state" text DEFAULT 'stored' NOT NULL,
	"file_id" bigint NOT NULL,
	"etag" text NOT NULL,
	"path" text NOT NULL,
	"sent_name" text NOT NULL,
	"size_bytes" bigint NOT NULL,
	"sha256" text NOT NULL,
	"verified_by" text NOT NULL,
	"stored_at" timestamp with time zone DEFAULT now() NOT NULL,
	"imported_at" timestamp with time zone,
	CONSTRAINT "files_upload_id_unique" UNIQUE("upload_id")
);
--> statement-breakpoint
CREATE TABLE "parts" (
	"upload_id" text NOT NULL,
	"start_bytes" bigint NOT NULL,
	"size_bytes" bigint NOT NULL,
	"epoch" integer NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "parts_upload_id_start_bytes_pk" PRIMARY KEY("upload_id","start_bytes")
);
--> statement-breakpoint
CREATE TABLE "submissions" (
	"id" text PRIMARY KEY DEFAULT 'sub_' || replace(gen_random_uuid()::text, '-', '') NOT NULL,
	"request_id" text NOT NULL,
	"link_id" text NOT NULL,
	"state" text DEFAULT 'open' NOT NULL,
	"receipt_number" text NOT NULL,
	"credential_hash" text NOT NULL,
	"submitter_name" text DEFAULT '' NOT NULL,
	"submitter_email" text,
	"message" text DEFAULT '' NOT NULL,
	"answers" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"supplement_of" text,
	"folder_name" text NOT NULL,
	"finished_by_submitter" boolean DEFAULT false NOT NULL,
	"late" boolean DEFAULT false NOT NULL,
	"receipt_text" text,
	"receipt_signature" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"last_activity_at" timestamp with time zone DEFAULT now() NOT NULL,
	"finished_at" timestamp with time zone,
	"sealed_at" timestamp with time zone,
	CONSTRAINT "submissions_receipt_number_unique" UNIQUE("receipt_number"),
	CONSTRAINT "submissions_credential_hash_unique" UNIQUE("credential_hash")
);
--> statement-breakpoint
CREATE TABLE "uploads" (
	"id" text PRIMARY KEY DEFAULT 'upl_' || replace(gen_random_uuid()::text, '-', '') NOT NULL,
	"submission_id" text NOT NULL,
	"checklist_item_id" text,
	"state" text DEFAULT 'uploading' NOT NULL,
	"sent_name" text NOT NULL,
	"target_path" text NOT NULL,
	"target_key" text NOT NULL,
	"content_type" text,
	"modified_at" timestamp with time zone,
	"metadata" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"size_bytes" bigint,
	"offset_bytes" bigint DEFAULT 0 NOT NULL,
	"sha256" text,
	"claimed_sha256" text,
	"epoch" integer DEFAULT 0 NOT NULL,
	"lock_node" text,
	"attempts" integer DEFAULT 0 NOT NULL,
	"next_attempt_at" timestamp with time zone,
	"failure_code" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "deliveries" ADD CONSTRAINT "deliveries_submission_id_submissions_id_fk" FOREIGN KEY ("submission_id") REFERENCES "public"."submissions"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "deliveries" ADD CONSTRAINT "deliveries_file_id_files_id_fk" FOREIGN KEY ("file_id") REFERENCES "public"."files"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "deliveries" ADD CONSTRAINT "deliveries_destination_id_destinations_id_fk" FOREIGN KEY ("destination_id") REFERENCES "public"."destinations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "delivery_attempts" ADD CONSTRAINT "delivery_attempts_delivery_id_deliveries_id_fk" FOREIGN KEY ("delivery_id") REFERENCES "public"."deliveries"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "accounts" ADD CONSTRAINT "accounts_staff_id_staff_id_fk" FOREIGN KEY ("staff_id") REFERENCES "public"."staff"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "api_tokens" ADD CONSTRAINT "api_tokens_staff_id_staff_id_fk" FOREIGN KEY ("staff_id") REFERENCES "public"."staff"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_staff_id_staff_id_fk" FOREIGN KEY ("staff_id") REFERENCES "public"."staff"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "checklist_items" ADD CONSTRAINT "checklist_items_request_id_requests_id_fk" FOREIGN KEY ("request_id") REFERENCES "public"."requests"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "links" ADD CONSTRAINT "links_request_id_requests_id_fk" FOREIGN KEY ("request_id") REFERENCES "public"."requests"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "request_destinations" ADD CONSTRAINT "request_destinations_request_id_requests_id_fk" FOREIGN KEY ("request_id") REFERENCES "public"."requests"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "request_destinations" ADD CONSTRAINT "request_destinations_destination_id_destinations_id_fk" FOREIGN KEY ("destination_id") REFERENCES "public"."destinations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "requests" ADD CONSTRAINT "requests_owner_staff_id_staff_id_fk" FOREIGN KEY ("owner_staff_id") REFERENCES "public"."staff"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "requests" ADD CONSTRAINT "requests_account_id_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "shares" ADD CONSTRAINT "shares_request_id_requests_id_fk" FOREIGN KEY ("request_id") REFERENCES "public"."requests"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "files" ADD CONSTRAINT "files_request_id_requests_id_fk" FOREIGN KEY ("request_id") REFERENCES "public"."requests"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "files" ADD CONSTRAINT "files_submission_id_submissions_id_fk" FOREIGN KEY ("submission_id") REFERENCES "public"."submissions"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "files" ADD CONSTRAINT "files_upload_id_uploads_id_fk" FOREIGN KEY ("upload_id") REFERENCES "public"."uploads"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "parts" ADD CONSTRAINT "parts_upload_id_uploads_id_fk" FOREIGN KEY ("upload_id") REFERENCES "public"."uploads"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "submissions" ADD CONSTRAINT "submissions_request_id_requests_id_fk" FOREIGN KEY ("request_id") REFERENCES "public"."requests"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "submissions" ADD CONSTRAINT "submissions_link_id_links_id_fk" FOREIGN KEY ("link_id") REFERENCES "public"."links"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "uploads" ADD CONSTRAINT "uploads_submission_id_submissions_id_fk" FOREIGN KEY ("submission_id") REFERENCES "public"."submissions"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "uploads" ADD CONSTRAINT "uploads_checklist_item_id_checklist_items_id_fk" FOREIGN KEY ("checklist_item_id") REFERENCES "public"."checklist_items"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "deliveries_state_not_before_index" ON "deliveries" USING btree ("state","not_before");--> statement-breakpoint
CREATE INDEX "deliveries_submission_id_index" ON "deliveries" USING btree ("submission_id");--> statement-breakpoint
CREATE INDEX "delivery_attempts_delivery_id_index" ON "delivery_attempts" USING btree ("delivery_id");--> statement-breakpoint
CREATE INDEX "audit_events_subject_index" ON "audit_events" USING btree ("subject");--> statement-breakpoint
CREATE INDEX "audit_events_at_index" ON "audit_events" USING btree ("at");--> statement-breakpoint
CREATE UNIQUE INDEX "notices_unresolved" ON "notices" USING btree ("code","subject") WHERE resolved_at is null;--> statement-breakpoint
CREATE INDEX "notices_last_seen_at_index" ON "notices" USING btree ("last_seen_at");--> statement-breakpoint
CREATE INDEX "sessions_staff_id_index" ON "sessions" USING btree ("staff_id");--> statement-breakpoint
CREATE INDEX "links_request_id_index" ON "links" USING btree ("request_id");--> statement-breakpoint
CREATE INDEX "requests_state_index" ON "requests" USING btree ("state");--> statement-breakpoint
CREATE INDEX "files_submission_id_index" ON "files" USING btree ("submission_id");--> statement-breakpoint
CREATE INDEX "files_request_id_index" ON "files" USING btree ("request_id");--> statement-breakpoint
CREATE INDEX "submissions_request_id_index" ON "submissions" USING btree ("request_id");--> statement-breakpoint
CREATE INDEX "submissions_state_last_activity_at_index" ON "submissions" USING btree ("state","last_activity_at");--> statement-breakpoint
CREATE UNIQUE INDEX "uploads_target_reserved" ON "uploads" USING btree ("submission_id","target_key") WHERE state not in ('failed', 'abandoned');--> statement-breakpoint
CREATE INDEX "uploads_state_next_attempt_at_index" ON "uploads" USING btree ("state","next_attempt_at");