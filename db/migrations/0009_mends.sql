ALTER TABLE "arrivals" ADD COLUMN "is_older" boolean DEFAULT false NOT NULL;--> statement-breakpoint
CREATE INDEX "deliveries_destination_id_state_index" ON "deliveries" USING btree ("destination_id","state");--> statement-breakpoint
CREATE INDEX "deliveries_created_at_id_index" ON "deliveries" USING btree ("created_at","id");--> statement-breakpoint
CREATE INDEX "delivery_attempts_started_at_index" ON "delivery_attempts" USING btree ("started_at");