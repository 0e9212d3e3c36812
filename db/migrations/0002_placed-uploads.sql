ALTER TABLE "uploads" ADD COLUMN "placed_file_id" bigint;--> statement-breakpoint
ALTER TABLE "uploads" ADD COLUMN "placed_etag" text;--> statement-breakpoint
ALTER TABLE "uploads" ADD COLUMN "checked_bytes" bigint DEFAULT 0 NOT NULL;