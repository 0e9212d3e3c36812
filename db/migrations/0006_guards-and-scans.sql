ALTER TABLE "deliveries" ADD COLUMN "tried_since" timestamp with time zone DEFAULT now() NOT NULL;--> statement-breakpoint
ALTER TABLE "destinations" ADD COLUMN "max_concurrent" integer DEFAULT 4 NOT NULL;--> statement-breakpoint
ALTER TABLE "destinations" ADD COLUMN "failures" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "destinations" ADD COLUMN "rests_until" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "destinations" ADD COLUMN "removed_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "requests" ADD COLUMN "unscanned" text DEFAULT 'deliver' NOT NULL;--> statement-breakpoint
ALTER TABLE "requests" ADD COLUMN "after_import" text DEFAULT 'keep' NOT NULL;--> statement-breakpoint
ALTER TABLE "requests" ADD COLUMN "delete_after_days" integer DEFAULT 30 NOT NULL;--> statement-breakpoint
ALTER TABLE "files" ADD COLUMN "scan_result" text;--> statement-breakpoint
ALTER TABLE "files" ADD COLUMN "scan_found" text;--> statement-breakpoint
ALTER TABLE "files" ADD COLUMN "scanned_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "files" ADD COLUMN "released_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "files" ADD COLUMN "removed_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "submissions" ADD COLUMN "tidied_at" timestamp with time zone;