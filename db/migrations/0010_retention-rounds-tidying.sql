ALTER TABLE "deliveries" ADD COLUMN "round" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "deliveries" ADD COLUMN "removed_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "submissions" ADD COLUMN "tidy_not_before" timestamp with time zone;--> statement-breakpoint
CREATE INDEX "deliveries_kept" ON "deliveries" USING btree ("destination_id","delivered_at") WHERE removed_at is null;