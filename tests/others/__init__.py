"""Stories beside add-ons of the OCA that do a part of the job as well."""
