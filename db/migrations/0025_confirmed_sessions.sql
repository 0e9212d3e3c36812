ALTER TABLE "sessions" ADD COLUMN "confirmed_at" timestamp with time zone DEFAULT now() NOT NULL;
--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "held_form_sealed" text;
--> statement-breakpoint
-- Who is signed in already has proven it then, and not just now.
UPDATE "sessions" SET "confirmed_at" = "created_at";
