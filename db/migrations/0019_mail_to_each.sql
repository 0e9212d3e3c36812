CREATE TABLE "told_notices" (
	"notice_id" text NOT NULL,
	"staff_id" text NOT NULL,
	"digest" text NOT NULL,
	"told_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "told_notices_staff_id_notice_id_pk" PRIMARY KEY("staff_id","notice_id")
);
--> statement-breakpoint
DROP INDEX "notices_of_digest";--> statement-breakpoint
ALTER TABLE "staff" ADD COLUMN "mailing" text DEFAULT 'each' NOT NULL;--> statement-breakpoint
ALTER TABLE "told_notices" ADD CONSTRAINT "told_notices_notice_id_notices_id_fk" FOREIGN KEY ("notice_id") REFERENCES "public"."notices"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "told_notices" ADD CONSTRAINT "told_notices_staff_id_staff_id_fk" FOREIGN KEY ("staff_id") REFERENCES "public"."staff"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "told_notices_digest_index" ON "told_notices" USING btree ("digest");--> statement-breakpoint
CREATE INDEX "told_notices_staff_id_told_at_index" ON "told_notices" USING btree ("staff_id","told_at");--> statement-breakpoint
CREATE INDEX "told_notices_notice_id_index" ON "told_notices" USING btree ("notice_id");--> statement-breakpoint
-- What a mail has told everybody is not told again.
INSERT INTO "told_notices" ("notice_id", "staff_id", "digest")
SELECT n."id", s."id", n."digest" FROM "notices" n CROSS JOIN "staff" s WHERE n."digest" IS NOT NULL;--> statement-breakpoint
ALTER TABLE "notices" DROP COLUMN "digest";