CREATE TABLE "team_members" (
	"team_id" text NOT NULL,
	"staff_id" text NOT NULL,
	CONSTRAINT "team_members_staff_id_team_id_pk" PRIMARY KEY("staff_id","team_id")
);
--> statement-breakpoint
CREATE TABLE "teams" (
	"id" text PRIMARY KEY DEFAULT 'tem_' || replace(gen_random_uuid()::text, '-', '') NOT NULL,
	"name" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "teams_name_unique" UNIQUE("name")
);
--> statement-breakpoint
ALTER TABLE "notices" ADD COLUMN "team_id" text;--> statement-breakpoint
-- Everybody and everything that is there already belongs to one team.
INSERT INTO "teams" ("name") VALUES ('Everyone');--> statement-breakpoint
INSERT INTO "team_members" ("team_id", "staff_id") SELECT "teams"."id", "staff"."id" FROM "teams", "staff";--> statement-breakpoint
ALTER TABLE "requests" ADD COLUMN "team_id" text;--> statement-breakpoint
UPDATE "requests" SET "team_id" = (SELECT "id" FROM "teams");--> statement-breakpoint
ALTER TABLE "requests" ALTER COLUMN "team_id" SET NOT NULL;--> statement-breakpoint
UPDATE "notices" SET "team_id" = (SELECT "team_id" FROM "requests" WHERE "requests"."id" = "notices"."request_id");--> statement-breakpoint
ALTER TABLE "team_members" ADD CONSTRAINT "team_members_team_id_teams_id_fk" FOREIGN KEY ("team_id") REFERENCES "public"."teams"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "team_members" ADD CONSTRAINT "team_members_staff_id_staff_id_fk" FOREIGN KEY ("staff_id") REFERENCES "public"."staff"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "team_members_team_id_index" ON "team_members" USING btree ("team_id");--> statement-breakpoint
ALTER TABLE "notices" ADD CONSTRAINT "notices_team_id_teams_id_fk" FOREIGN KEY ("team_id") REFERENCES "public"."teams"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "requests" ADD CONSTRAINT "requests_team_id_teams_id_fk" FOREIGN KEY ("team_id") REFERENCES "public"."teams"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "requests_team_id_index" ON "requests" USING btree ("team_id");