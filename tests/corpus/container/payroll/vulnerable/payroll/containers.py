import boto3
from dependency_injector import containers, providers

from payroll.employees import Employees


class Container(containers.DeclarativeContainer):
    wiring_config = containers.WiringConfiguration(modules=["payroll.endpoints"])
    config = providers.Configuration()
    dynamodb = providers.Singleton(boto3.resource, "dynamodb", region_name=config.region)
    employees = providers.Factory(Employees, dynamodb=dynamodb, table_name=config.table)
