"""The networks: torch modules, one file per architecture, behind one interface (`bioseq.models.base`)."""
