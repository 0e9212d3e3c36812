ALTER TABLE "submissions" ADD COLUMN "network" text;--> statement-breakpoint
CREATE INDEX "submissions_empty" ON "submissions" USING btree ("link_id") WHERE network is not null;