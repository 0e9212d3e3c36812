ALTER TABLE "staff" ADD COLUMN "provider_subject" text;--> statement-breakpoint
ALTER TABLE "staff" ADD CONSTRAINT "staff_provider_subject_unique" UNIQUE("provider_subject");