DROP INDEX "uploads_target_reserved";--> statement-breakpoint
ALTER TABLE "uploads" ADD COLUMN "removed_at" timestamp with time zone;--> statement-breakpoint
UPDATE "uploads" SET "removed_at" = "updated_at" WHERE "state" IN ('failed', 'abandoned', 'stored');--> statement-breakpoint
CREATE UNIQUE INDEX "uploads_target_reserved" ON "uploads" USING btree ("submission_id","target_key") WHERE removed_at is null or state = 'stored';--> statement-breakpoint
CREATE INDEX "uploads_not_removed" ON "uploads" USING btree ("updated_at") WHERE removed_at is null;
