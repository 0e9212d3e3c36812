CREATE TABLE "request_forms" (
	"id" text PRIMARY KEY DEFAULT 'frm_' || replace(gen_random_uuid()::text, '-', '') NOT NULL,
	"request_id" text NOT NULL,
	"position" integer NOT NULL,
	"name" text NOT NULL,
	"size_bytes" integer NOT NULL,
	"sha256" text NOT NULL,
	"content" "bytea" NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "request_forms" ADD CONSTRAINT "request_forms_request_id_requests_id_fk" FOREIGN KEY ("request_id") REFERENCES "public"."requests"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "request_forms_request_id_position_index" ON "request_forms" USING btree ("request_id","position");--> statement-breakpoint
-- A piece of what is not compressed can be read without reading all of it.
ALTER TABLE "request_forms" ALTER COLUMN "content" SET STORAGE EXTERNAL;
