"""What is done to data: pure steps over Arrow tables, one package per stage."""
