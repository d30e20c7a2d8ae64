-- Revenue of a shop by hour and country, from files of sales as they arrive.
-- @INPUT@, @OUTPUT@, @CHECKPOINT@ and @TRIGGER@ are filled in by ./demo.
CREATE TABLE sales (
    InvoiceNo STRING, StockCode STRING, Description STRING, Quantity INT,
    InvoiceDate TIMESTAMP, UnitPrice DECIMAL(10, 2), CustomerID DOUBLE, Country STRING
) USING csv OPTIONS (path '@INPUT@', header 'true', maxFilesPerTrigger '1');

CREATE STREAMING TABLE revenue USING json
OPTIONS (path '@OUTPUT@', checkpointLocation '@CHECKPOINT@', outputMode 'append'@TRIGGER@)
AS SELECT window(InvoiceDate, '1 hour').start AS hour, Country,
          count(*) AS sales, sum(Quantity * UnitPrice) AS revenue, max(UnitPrice) AS dearest
   FROM STREAM sales WATERMARK InvoiceDate DELAY OF INTERVAL 30 MINUTES
   WHERE Quantity > 0
   GROUP BY window(InvoiceDate, '1 hour'), Country;
