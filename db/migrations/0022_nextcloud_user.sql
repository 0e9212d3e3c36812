ALTER TABLE "staff" ADD COLUMN "nextcloud_user" text;--> statement-breakpoint
ALTER TABLE "staff" ADD CONSTRAINT "staff_nextcloud_user_unique" UNIQUE("nextcloud_user");