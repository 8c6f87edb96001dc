"""The project on this machine: deploys template.yaml to moto, serves its routes. What is deployed never imports it."""
